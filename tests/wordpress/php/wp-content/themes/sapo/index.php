<?php
get_header();
while ( have_posts() ) :
	the_post();
	?>
	<article <?php post_class(); ?>><h2 class="entry-title"><a href="<?php the_permalink(); ?>"><?php the_title(); ?></a></h2></article>
	<?php
endwhile;
the_posts_pagination();
get_footer();
